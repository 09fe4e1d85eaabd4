// Before the first paint, so that a dark page never flashes light.
(() => {
  let theme = "system";
  try {
    theme = localStorage.getItem("sightline.theme") || "system";
  } catch {
    // Storage may be forbidden; the system's theme will do.
  }
  const dark =
    theme === "dark" || (theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.classList.toggle("dark", dark);
})();
