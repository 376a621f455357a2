// The reader takes its colours as attributes: they follow the system's scheme.

const LIGHT = { theme: "light", "bg-color": "#ffffff", "text-color": "#1b1e23", "nav-bg-color": "#f6f6f3",
  "nav-text-color": "#3a3f47", "primary-color": "#3554d1" };
const DARK = { theme: "dark", "bg-color": "#121417", "text-color": "#e3e5e8", "nav-bg-color": "#181b1f",
  "nav-text-color": "#b6bac1", "primary-color": "#8fa5ff" };

const reader = document.querySelector("rapi-doc");
const scheme = matchMedia("(prefers-color-scheme: dark)");
const paint = () => {
  for (const [name, value] of Object.entries(scheme.matches ? DARK : LIGHT)) reader.setAttribute(name, value);
};
scheme.addEventListener("change", paint);
paint();
