import { attempt, element } from './element.js';
import { call, keepToken } from './server.js';

/** Takes the code of a link that `holdfast open` made, which is good for once, and takes it out of the address. */
export async function signInByLink() {
  const code = /^#once=(?<code>[\w-]+)$/u.exec(location.hash)?.groups?.code;
  if (code === undefined) return;
  history.replaceState(null, '', location.pathname);
  const { token } = await call('POST', '/page/sign-in', { code });
  keepToken(token);
}

/** Asks for the token. @param {() => void} onDone */
export function signInView(onDone, reason) {
  const field = element('input', { id: 'token', type: 'password', autocomplete: 'off', spellcheck: 'false', required: true, 'aria-describedby': 'token-help' });
  const submit = attempt(async () => {
    keepToken(field.value.trim());
    field.value = '';
    try {
      await call('GET', '/sessions');
    } catch (error) {
      keepToken(undefined);
      throw error;
    }
    onDone();
  });
  return element(
    'main.sign-in',
    { id: 'content' },
    element('img', { src: 'page/icon.svg', alt: '', width: 48, height: 48 }),
    element('h1', {}, 'Holdfast'),
    reason !== undefined && element('p.wrong', { role: 'alert' }, reason),
    element('p', {}, 'Run ', element('code', {}, 'holdfast open'), ' on the machine of this server: it opens this page, signed in.'),
    element(
      'form.card',
      { onsubmit: submit },
      element('label', { for: 'token' }, 'Or paste the token'),
      field,
      element('p.help', { id: 'token-help' }, 'It stands in the file ', element('code', {}, 'token'), ' of the data folder. This tab keeps it until you close it.'),
      element('button.primary', { type: 'submit' }, 'Sign in'),
    ),
  );
}
