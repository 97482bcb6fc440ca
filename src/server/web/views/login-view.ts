import { toFaultText } from '../../../core/own-faults.ts';
import { h } from '../dom.ts';

/** Settles when somebody has logged in. */
export function askLogin(): Promise<void> {
  return new Promise((resolve) => {
    const username = h('input', { attrs: { name: 'username', autocomplete: 'username', required: '' } });
    const password = h('input', {
      attrs: { name: 'password', type: 'password', autocomplete: 'current-password', required: '' },
    });
    const problem = h('p', { class: 'warning', attrs: { role: 'alert' } });
    const submit = h('button', { class: 'primary' }, 'Log in');
    const form = h('form', { class: 'login' }, [
      h('h1', {}, 'multivisor'),
      h('label', {}, ['User', username]),
      h('label', {}, ['Password', password]),
      problem,
      submit,
    ]);
    const dialog = h('dialog', { class: 'login-dialog', attrs: { 'aria-label': 'Log in' } }, [form]);
    const tryOnce = async () => {
      submit.disabled = true;
      const failure = await send(username.value, password.value);
      submit.disabled = false;
      problem.textContent = failure ?? '';
      if (failure !== null) return password.select();
      dialog.remove();
      resolve();
    };
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      tryOnce().catch((error: unknown) => {
        submit.disabled = false;
        problem.textContent = toFaultText(error);
      });
    });
    // There is nothing behind it to go back to.
    dialog.addEventListener('cancel', (event) => event.preventDefault());
    document.body.append(dialog);
    dialog.showModal();
    username.focus();
  });
}

/** Null when it worked. */
async function send(username: string, password: string): Promise<string | null> {
  try {
    const body = new URLSearchParams({ username, password });
    const response = await fetch('api/login', { method: 'POST', body });
    if (response.ok) return null;
    if (response.status === 429)
      return `Too many attempts; wait ${response.headers.get('retry-after') ?? 'some'} seconds.`;
    return response.status === 400 ? 'Wrong user or password.' : `The server answered ${response.status}.`;
  } catch {
    return 'The server does not answer.';
  }
}
