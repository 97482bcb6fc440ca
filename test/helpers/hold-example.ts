// Starts the example, says its mark and holds it until it is killed.
import { findSupervisord } from '../../scripts/find-supervisord.ts';
import { startExample } from '../../scripts/start-example.ts';

const { signal } = new AbortController();
const example = await startExample(await findSupervisord({ signal }), signal);
console.log(example.mark);
