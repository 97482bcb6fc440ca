// Who looks at the rows: a viewer at those of every supervisor, another multivisor at those of the one that it has from us.
import type { SupervisorLink } from '../ports.ts';

export type Attention = {
  /** Somebody looks, at the rows of one supervisor or (null) of all. Returns the remover. */
  pay(supervisor: string | null): () => void;
  /** Tells a link that is new by this name, if it must know. */
  tell(supervisor: string): void;
};

export function createAttention(watching: ReadonlyMap<string, { readonly link: SupervisorLink }>): Attention {
  const lookers = new Map<string | null, number>();
  const told = new WeakSet<SupervisorLink>();
  const isPaid = (supervisor: string) => lookers.has(null) || lookers.has(supervisor);

  const tell = (supervisor: string): void => {
    const link = watching.get(supervisor)?.link;
    if (!link || told.has(link) === isPaid(supervisor)) return;
    if (told.delete(link)) return link.attend(false);
    told.add(link);
    link.attend(true);
  };
  const count = (supervisor: string | null, more: number): void => {
    const now = (lookers.get(supervisor) ?? 0) + more;
    if (now > 0) lookers.set(supervisor, now);
    else lookers.delete(supervisor);
    if (supervisor === null) Array.from(watching.keys(), tell);
    else tell(supervisor);
  };

  return {
    pay: (supervisor) => {
      let paid = true;
      count(supervisor, 1);
      return () => {
        if (paid) count(supervisor, -1);
        paid = false;
      };
    },
    tell,
  };
}
