// Dark or light: as the system says, unless somebody chose.
const THEME_KEY = 'multivisor-theme';

export function applyTheme(): void {
  const theme = localStorage.getItem(THEME_KEY);
  if (theme !== null) document.documentElement.dataset['theme'] = theme;
}

export function toggleTheme(): void {
  const dark = getComputedStyle(document.documentElement).getPropertyValue('--is-dark').trim() === '1';
  localStorage.setItem(THEME_KEY, dark ? 'light' : 'dark');
  applyTheme();
}
