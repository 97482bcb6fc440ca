import type { SupervisorLink } from '../../core/ports.ts';

/** A link whose code is loaded when it is first used: most commands never need it. */
export function createLazyLink(load: () => Promise<SupervisorLink>): SupervisorLink {
  let loading: Promise<SupervisorLink> | null = null;
  let link: SupervisorLink | null = null;
  let attended = false;
  const demand = (): Promise<SupervisorLink> => (loading ??= loadNow());
  const loadNow = async () => {
    const loaded = await load();
    link = loaded;
    loaded.attend(attended);
    return loaded;
  };
  return {
    run: async (observe, options) => {
      const loaded = await demand();
      await loaded.run(observe, options);
    },
    call: async (call, wait) => {
      const loaded = await demand();
      return loaded.call(call, wait);
    },
    reread: (names) => link?.reread(names),
    attend: (watched) => {
      attended = watched;
      link?.attend(watched);
    },
    tail: async function* (request, wait) {
      const loaded = await demand();
      yield* loaded.tail(request, wait);
    },
    history: async function* (request, wait) {
      const loaded = await demand();
      yield* loaded.history(request, wait);
    },
  };
}
