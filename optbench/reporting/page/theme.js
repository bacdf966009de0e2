const wantsDark = matchMedia("(prefers-color-scheme: dark)");
const themeChanged = [];

function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : wantsDark.matches;
}

function showTheme() {
  const button = document.getElementById("theme");
  button.textContent = isDark() ? "Light" : "Dark";
  button.setAttribute("aria-label", `Switch to the ${isDark() ? "light" : "dark"} theme`);
  themeChanged.forEach((tell) => tell());
}

function stored(value) {
  try {
    if (value) localStorage.setItem("optbench-theme", value);
    return localStorage.getItem("optbench-theme");
  } catch {
    return null; // storage may be forbidden for a file
  }
}

document.getElementById("theme").addEventListener("click", () => {
  document.documentElement.dataset.theme = isDark() ? "light" : "dark";
  stored(document.documentElement.dataset.theme);
  showTheme();
});
if (stored()) document.documentElement.dataset.theme = stored();
wantsDark.addEventListener("change", showTheme);
showTheme();
