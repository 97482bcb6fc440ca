// What happened, in one line each: transitions, outcomes, refusals. The newest stands above the footer.

export type NoticeLevel = 'info' | 'good' | 'warn' | 'bad';

export type Notice = {
  readonly id: number;
  readonly at: number;
  readonly level: NoticeLevel;
  readonly text: string;
};

export type NoticesState = { readonly items: readonly Notice[]; readonly lastId: number };

export type NoticesAction = { readonly type: 'add'; readonly notices: readonly Omit<Notice, 'id'>[] };

export const NO_NOTICES: NoticesState = { items: [], lastId: 0 };

const KEPT = 500;

export function addNotices(state: NoticesState, { notices }: NoticesAction): NoticesState {
  if (notices.length === 0) return state;
  const added = notices.map((notice, index) => ({ ...notice, id: state.lastId + index + 1 }));
  return { items: [...state.items, ...added].slice(-KEPT), lastId: state.lastId + notices.length };
}
