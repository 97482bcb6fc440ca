// Which screen is shown, of what, and how to get back.
import type { Screen } from '../keys/rule.ts';

/** What details and logs are about. */
export type Place =
  | { readonly screen: 'processes' | 'supervisors' | 'timeline' | 'logs' | 'help' | 'messages' }
  | { readonly screen: 'details'; readonly subject: DetailsSubject };

export type DetailsSubject = { readonly kind: 'process' | 'supervisor'; readonly id: string };

export type NavigationState = { readonly place: Place; readonly past: readonly Place[] };

export type NavigationAction =
  { readonly type: 'go'; readonly place: Place } | { readonly type: 'back' } | { readonly type: 'home' };

export const MAIN_SCREENS = ['processes', 'supervisors', 'timeline'] as const;
export type MainScreen = (typeof MAIN_SCREENS)[number];

const LONGEST_PAST = 20;

export const FIRST_PLACE: NavigationState = { place: { screen: 'processes' }, past: [] };

export function navigate(state: NavigationState, action: NavigationAction): NavigationState {
  switch (action.type) {
    case 'go': {
      if (isSamePlace(state.place, action.place)) return state;
      return { place: action.place, past: [...state.past, state.place].slice(-LONGEST_PAST) };
    }
    case 'back': {
      const place = state.past.at(-1);
      return place ? { place, past: state.past.slice(0, -1) } : FIRST_PLACE;
    }
    case 'home':
      return FIRST_PLACE;
  }
}

export function isMainScreen(screen: Screen): screen is MainScreen {
  return MAIN_SCREENS.some((main) => main === screen);
}

export function nextMainScreen(screen: Screen, step: 1 | -1): MainScreen {
  const index = MAIN_SCREENS.findIndex((main) => main === screen);
  return MAIN_SCREENS.at((Math.max(0, index) + step) % MAIN_SCREENS.length) ?? 'processes';
}

function isSamePlace(a: Place, b: Place): boolean {
  if (a.screen !== 'details' || b.screen !== 'details') return a.screen === b.screen;
  return a.subject.kind === b.subject.kind && a.subject.id === b.subject.id;
}
