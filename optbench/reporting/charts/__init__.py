"""The interactive charts of the page as plain data; `reporting/page/` has the script that draws them."""
