/** Light, dark, or as the system says. `public/assets/theme.js` applies it before the first paint. */

export type Theme = "light" | "dark" | "system";
const KEY = "sightline.theme";
const media = () => window.matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();

export function getTheme(): Theme {
  try {
    const found = localStorage.getItem(KEY);
    return found === "light" || found === "dark" ? found : "system";
  } catch {
    return "system";
  }
}

export const isDark = (): boolean => document.documentElement.classList.contains("dark");

export function applyTheme(theme: Theme = getTheme()): void {
  const dark = theme === "dark" || (theme === "system" && media().matches);
  document.documentElement.classList.toggle("dark", dark);
  for (const listener of listeners) listener();
}

export function setTheme(theme: Theme): void {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // Then it holds until the page is left.
  }
  applyTheme(theme);
}

/** Calls back when light and dark change (charts paint on canvases). */
export function onTheme(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function watchSystemTheme(): void {
  media().addEventListener("change", () => applyTheme());
}
