/** The page: who is signed in, what there is, and the one thing that is looked at. */
import { attempt, element, fill } from './element.js';
import { questionCard, questionsOf } from './questions.js';
import { call, keepToken } from './server.js';
import { sessionView } from './session-view.js';
import { signInByLink, signInView } from './sign-in.js';
import { taskView } from './task-view.js';
import { ago, brief, sign } from './words.js';

const app = document.querySelector('#app');
const refreshMs = 1500;
let leave = new AbortController();
/** Aborts when whoever is signed in leaves. */
let visit = new AbortController();

function signIn(reason) {
  leave.abort();
  visit.abort();
  app.replaceChildren(signInView(() => void start(), reason));
  document.querySelector('#token')?.focus();
}

async function start() {
  await call('GET', '/sessions'); // refused, it ends here
  visit = new AbortController();
  const { signal } = visit;
  const places = shell();
  const show = () => {
    leave.abort();
    leave = new AbortController();
    open(places, leave.signal);
  };
  window.addEventListener('hashchange', show, { signal });
  document.addEventListener('visibilitychange', () => document.hidden || void refresh(places), { signal });
  show();
  while (!signal.aborted) {
    if (!document.hidden) await refresh(places);
    await new Promise((resolve) => setTimeout(resolve, refreshMs));
  }
}

function shell() {
  const places = {
    health: element('span.pill', { role: 'status' }, '…'),
    asks: element('button.pill', { type: 'button', 'data-state': 'waiting', hidden: true, onclick: toQuestions }),
    questions: element('section.questions', { 'aria-label': 'What waits for you' }),
    sessions: element('ul'),
    tasks: element('ul'),
    content: element('main', { id: 'content' }),
  };
  app.replaceChildren(
    element('header.bar', {}, element('a.brand', { href: '#/' }, element('img', { src: 'page/icon.svg', alt: '', width: 24, height: 24 }), 'Holdfast'), element('span.spacer'), places.asks, places.health, element('button.quiet', { type: 'button', onclick: signOut }, 'Sign out')),
    element(
      'div.columns',
      {},
      element(
        'nav',
        { 'aria-label': 'Sessions and tasks' },
        element('div.row', {}, element('h2', {}, 'Sessions'), element('span.spacer'), element('button.quiet', { type: 'button', onclick: newSession }, '+ New')),
        places.sessions,
        element('div.row', {}, element('h2', {}, 'Tasks'), element('span.spacer'), element('a.button.quiet', { href: '#/new-task' }, '+ New')),
        places.tasks,
      ),
      element('div.center', {}, places.questions, places.content),
    ),
  );
  return places;
}

const newSession = attempt(async () => {
  const { sessionId } = await call('POST', '/sessions', {});
  location.hash = `#/sessions/${encodeURIComponent(sessionId)}`;
});

function signOut() {
  keepToken(undefined);
  signIn();
}

function toQuestions() {
  window.scrollTo({ top: 0 });
  document.querySelector('.question :is(input, button)')?.focus();
}

/** What is looked at, by the fragment of the address. */
function open({ content }, signal) {
  const [, kind, id] = /^#\/(?<kind>sessions|tasks|new-task)\/?(?<id>[^/]*)$/u.exec(location.hash) ?? [];
  const view = kind === 'sessions' ? sessionView(decodeURIComponent(id), signal) : kind === 'tasks' ? taskView(decodeURIComponent(id), signal) : kind === 'new-task' ? newTaskView() : overview();
  content.replaceChildren(view);
  if (kind !== undefined) view.querySelector('#title, textarea')?.focus();
  for (const link of document.querySelectorAll('nav a')) mark(link);
}

async function refresh(places) {
  try {
    const [health, { sessions }, { tasks }, { promises }] = await Promise.all([call('GET', '/health'), call('GET', '/sessions'), call('GET', '/tasks'), call('GET', '/promises')]);
    showHealth(places, health);
    showList(places.sessions, 'No sessions yet', sessions.toReversed().map(sessionItem));
    showList(places.tasks, 'No tasks yet', tasks.toReversed().map(taskItem));
    const questions = questionsOf({ promises, tasks });
    const keys = questions.map(({ key }) => key);
    fill(places.questions, keys, questions.length > 0 && element('h2', {}, `Needs you (${questions.length})`), ...questions.map((question) => questionCard(question, () => void refresh(places))));
    places.asks.hidden = questions.length === 0;
    places.asks.textContent = `? ${questions.length} for you`;
    document.title = questions.length > 0 ? `(${questions.length}) Holdfast` : 'Holdfast';
    showFigures(sessions, tasks, questions, health);
  } catch (error) {
    if (error.status === 401) return signIn('The token is not accepted any more.');
    places.health.textContent = '✗ no connection';
    places.health.dataset.state = 'failed';
    if (error instanceof TypeError || error instanceof ReferenceError) console.error(error); // a fault of this page
  }
  return undefined;
}

function showHealth({ health }, { status, checks }) {
  health.textContent = status === 'ok' ? '● healthy' : '✗ degraded';
  health.dataset.state = status === 'ok' ? 'ok' : 'failed';
  health.title = Object.entries(checks).map(([name, state]) => `${name}: ${state}`).join('\n');
}

function sessionItem({ sessionId, state, runningExecutionId, executions }) {
  return { href: `#/sessions/${encodeURIComponent(sessionId)}`, title: sessionId, state: runningExecutionId === null ? state : 'running', note: executions === 1 ? '1 cell' : `${executions} cells` };
}

function taskItem({ taskId, prompt, status, updatedAt }) {
  return { href: `#/tasks/${encodeURIComponent(taskId)}`, title: brief(prompt, 60), state: status, note: ago(updatedAt) };
}

function showList(place, nothing, items) {
  const links = items.slice(0, 100).map(({ href, title, state, note }) => element('li', {}, element('a', { href, id: `nav-${href}` }, element('span.title', {}, title), element('span.row', {}, element('span.pill', { 'data-state': state }, sign(state)), element('span.help', {}, note)))));
  fill(place, items, ...(links.length > 0 ? links : [element('li.help', {}, nothing)]));
  for (const link of place.querySelectorAll('a')) mark(link);
}

function mark(link) {
  if (link.getAttribute('href') === location.hash) link.setAttribute('aria-current', 'page');
  else link.removeAttribute('aria-current');
}

function overview() {
  return element(
    'section',
    {},
    element('h1', { id: 'title', tabindex: -1 }, 'Overview'),
    element('div.figures', { id: 'figures' }),
    element('h2', {}, 'Begin'),
    element('p', {}, 'Make a session and run TypeScript in it, or give a task to a model. Whatever you do here is what REST, WebSocket, MCP and ', element('code', {}, 'holdfast'), ' do: everybody sees the same.'),
  );
}

function showFigures(sessions, tasks, questions, { checks }) {
  const place = document.querySelector('#figures');
  if (!place) return;
  const count = (status) => tasks.filter((task) => task.status === status).length;
  const busy = sessions.filter(({ runningExecutionId }) => runningExecutionId !== null).length;
  const figures = [
    ['Sessions', sessions.length, busy === 0 ? 'none is running' : `${busy} running`],
    ['Tasks at work', count('running') + count('queued') + count('created'), `${count('completed')} completed, ${count('failed')} failed`],
    ['Wait for you', questions.length, questions.length === 0 ? 'nothing to answer' : 'see above'],
  ];
  fill(
    place,
    [figures, checks],
    ...figures.map(([name, value, note]) => element('div.card.figure', {}, element('span.help', {}, name), element('strong', {}, value), element('span.help', {}, note))),
    element('dl.card.checks', {}, ...Object.entries(checks).flatMap(([name, state]) => [element('dt.help', {}, name), element('dd', {}, state.startsWith('ok') ? `✓ ${state}` : state)])),
  );
}

function newTaskView() {
  const field = element('textarea', { id: 'prompt', rows: 6, required: true, 'aria-label': 'Prompt', placeholder: 'What is to be written? With the demo model, begin with “demo”.' });
  const submit = attempt(async () => {
    const { taskId } = await call('POST', '/tasks', { prompt: field.value });
    location.hash = `#/tasks/${encodeURIComponent(taskId)}`;
  });
  return element('section', { 'aria-labelledby': 'title' }, element('h1', { id: 'title' }, 'New task'), element('form.card.composer', { onsubmit: submit }, field, element('div.row', {}, element('span.spacer'), element('button.primary', { type: 'submit' }, 'Start'))));
}

try {
  await signInByLink();
  await start();
} catch (error) {
  signIn(error.status === 401 ? undefined : error.message);
}
