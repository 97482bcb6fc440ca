// Starts the example, says its mark and holds it until it is killed.
import { findSupervisord } from '../../scripts/peers/find-supervisord.ts';
import { startExample } from '../../scripts/demonstration/start-example.ts';

const { signal } = new AbortController();
const example = await startExample(await findSupervisord({ signal }), signal);
console.log(example.mark);
