import { attempt, element, fill, say } from './element.js';
import { call, follow } from './server.js';
import { duration, plain, sign } from './words.js';

const ends = new Set(['completed', 'failed', 'cancelled']);
const marks = { TEST_PASSED: '✓', MODULE_COMPLETE: '✓', TASK_COMPLETE: '✓', TEST_FAILED: '✗', BUG_REPORT_RECEIVED: '✗', TASK_FAILED: '✗', TASK_CANCELLED: '■', QUESTION_ASKED: '?', QUESTION_ANSWERED: '↩' };

/** A task: where it stands, what it made, and everything that happened in it. */
export function taskView(taskId, signal) {
  const path = `/tasks/${encodeURIComponent(taskId)}`;
  const state = element('span.pill', {}, '…');
  const standing = element('div');
  const timeline = element('ol.timeline', { 'aria-label': 'What happened' });
  const cancel = element('button.danger', { type: 'button', hidden: true, onclick: attempt(async () => call('POST', `${path}/cancel`)) }, '■ Cancel');
  const advice = adviceForm(path);
  let begun;
  let refreshing;

  async function refresh() {
    if (signal.aborted) return;
    try {
      const task = await call('GET', path);
      state.textContent = sign(task.status);
      state.dataset.state = task.status;
      cancel.hidden = ends.has(task.status);
      advice.hidden = ends.has(task.status);
      fill(standing, task, ...standingOf(task));
    } catch (error) {
      fill(standing, error.message, element('p.wrong', {}, error.message));
    }
  }

  follow(`/ws/${encodeURIComponent(taskId)}`, {
    signal,
    onState: () => void refresh(),
    onMessages: (messages) => {
      begun ??= Date.parse(messages[0].timestamp);
      timeline.append(...messages.map((message) => entry(message, begun)));
      clearTimeout(refreshing);
      refreshing = setTimeout(() => void refresh(), 60);
    },
  });

  return element(
    'section',
    { 'aria-labelledby': 'title' },
    element('header.head', {}, element('h1', { id: 'title', tabindex: -1 }, 'Task'), state, element('span.spacer'), cancel),
    standing,
    advice,
    element('h2', {}, 'Timeline'),
    timeline,
  );
}

function standingOf({ taskId, prompt, model, isRecorded, usage, modules, result, error, priority }) {
  const cost = usage.costUsd === null ? '' : `, $${usage.costUsd.toFixed(4)}`;
  const used = usage.calls === 0 ? [] : [`${usage.calls} model calls, ${usage.inputTokens + usage.outputTokens} tokens${cost}`];
  return [
    element('p.prompt', {}, plain(prompt)),
    element('p.help', {}, [`priority ${priority.toLowerCase()}`, `model ${model}`, ...used, taskId].join(' · ')),
    isRecorded && element('p.help', {}, 'The answers of this model were written earlier and are only played back; the code and its tests really run.'),
    error && element('p.card.wrong', { role: 'alert' }, plain(error.message)),
    result && element('div.card', {}, element('p', {}, plain(result.summary)), element('ul.files', {}, ...result.files.map((file) => element('li', {}, element('code', {}, `${result.folder === null ? '' : `${result.folder}/`}${file}`))))),
    modules.length > 0 && element('ul.modules', { 'aria-label': 'Modules' }, ...modules.map(moduleCard)),
  ];
}

function moduleCard({ name, status, iterations, testsPassed, testsFailed }) {
  const tests = testsPassed + testsFailed === 0 ? 'no tests yet' : `${testsPassed} passed, ${testsFailed} failed`;
  return element('li.card.module', { 'data-state': status }, element('strong', {}, name), element('span.pill', { 'data-state': status === 'complete' ? 'ok' : status }, status === 'complete' ? '✓ complete' : sign(status)), element('span.help', {}, `${iterations} ${iterations === 1 ? 'round' : 'rounds'} · ${tests}`));
}

function entry({ type, timestamp, data }, begun) {
  const what = typeof data.message === 'string' && data.message !== '' ? data.message : (data.summary ?? data.prompt ?? '');
  return element(
    'li',
    { 'data-type': type },
    element('time', { datetime: timestamp, title: timestamp }, `+${duration(Date.parse(timestamp) - begun)}`),
    element('span.mark', { 'aria-hidden': 'true' }, marks[type] ?? '·'),
    element('div', {}, element('span.type', {}, type.toLowerCase().replaceAll('_', ' ')), what !== '' && element('p', {}, plain(what).slice(0, 1000))),
  );
}

function adviceForm(path) {
  const field = element('input', { id: 'advice', type: 'text', autocomplete: 'off', 'aria-label': 'Advice to the task', placeholder: 'Advise the task while it works' });
  const send = attempt(async () => {
    if (field.value.trim() === '') return;
    await call('POST', `${path}/interventions`, { kind: 'message', message: field.value });
    field.value = '';
    say('Sent');
  });
  return element('form.row.advice', { hidden: true, onsubmit: send }, field, element('button', { type: 'submit' }, 'Send'));
}
