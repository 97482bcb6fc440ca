import { raise } from '../../core/own-faults.ts';
import { createRemoteSessionOver } from '../../core/wire/remote-session.ts';
import { askAuth, browserClock, createBrowserDial } from './browser-line.ts';
import { askLogin } from './views/login-view.ts';
import { runPage } from './page.ts';
import { applyTheme } from './theme.ts';

const root = document.getElementById('page');
if (root) await start(root);

async function start(root: HTMLElement): Promise<void> {
  applyTheme();
  const auth = await askAuth();
  if (auth?.wanted && !auth.given) await askLogin();
  // A login that ends later is asked for again; what is on the screen stays, and goes on after it.
  let asking = false;
  const dial = createBrowserDial(() => {
    if (asking) return;
    asking = true;
    askLogin()
      .then(() => location.reload())
      .catch(raise);
  });
  const session = createRemoteSessionOver({ dial, clock: browserClock, random: Math.random, name: 'multivisor' });
  runPage(root, session, { canLogOut: auth?.wanted ?? false });
}
