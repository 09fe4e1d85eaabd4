/** Whether the window is too narrow for two parts side by side: the width of Tailwind's `md`. */
export const isNarrow = (): boolean => window.matchMedia("(max-width: 767.9px)").matches;
