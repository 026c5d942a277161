import { attempt, element, say } from './element.js';
import { call } from './server.js';
import { ago, plain } from './words.js';

/**
 * Everything that waits for a person: what cells ask, and what tasks ask.
 *
 * @returns {{ key: string, from: string, href?: string, text: string, details?: unknown, at: string, form: 'approve' | 'choose' | 'text' | 'secret' | 'json', answer: (value: unknown) => Promise<unknown> }[]}
 */
export function questionsOf({ promises, tasks }) {
  const ofTasks = new Set(tasks.flatMap(({ questions }) => questions.map(({ promiseId }) => promiseId)));
  const cells = promises.filter(({ id, kind, data }) => !ofTasks.has(id) && !(kind === 'approval' && data?.taskId !== undefined)).map(ofPromise);
  const asked = tasks.flatMap(({ taskId, prompt, questions }) =>
    questions.map(({ promiseId, kind, question, askedAt }) => ({
      key: promiseId,
      from: `task: ${prompt}`,
      href: `#/tasks/${encodeURIComponent(taskId)}`,
      text: question,
      at: askedAt,
      form: kind === 'approval' ? 'approve' : 'json',
      answer: (value, comment) => call('POST', `/tasks/${encodeURIComponent(taskId)}/answers`, { promiseId, value: kind === 'approval' && comment ? { approved: value, message: comment } : value }),
    })),
  );
  return [...cells, ...asked].toSorted((left, right) => (left.at < right.at ? -1 : 1));
}

function ofPromise({ id, kind, data, createdAt }) {
  const [first = {}] = Array.isArray(data?.args) ? data.args : [];
  const sessionId = data?.sessionId ?? (data?.type === 'capability_request' ? id.split('/')[0] : undefined);
  const choices = kind === 'requestInput' && Array.isArray(first.details) && first.details.length > 0 && first.details.every((each) => typeof each === 'string') ? first.details : undefined;
  const forms = { approve: 'approve', input: data?.secret === true ? 'secret' : 'text', requestInput: choices ? 'choose' : 'text' };
  return {
    key: id,
    from: sessionId === undefined ? kind : `session ${sessionId}`,
    ...(sessionId !== undefined && { href: `#/sessions/${encodeURIComponent(sessionId)}` }),
    text: data?.prompt ?? first.text ?? JSON.stringify(data),
    ...(choices ? { choices } : first.details !== undefined && first.details !== null && { details: first.details }),
    at: createdAt,
    form: forms[kind] ?? 'json',
    answer: (value, comment) => call('POST', `/promises/${encodeURIComponent(id)}/resolve`, { value: kind === 'approve' ? { approved: value, ...(comment && { comment }) } : value }),
  };
}

/** One question with its buttons. @param {() => void} onAnswered */
export function questionCard(question, onAnswered) {
  const { key, from, href, text, details, at, form, choices = [], answer } = question;
  const id = `q-${key}`;
  const settle = (read) =>
    attempt(async () => {
      await answer(...read());
      say('Answered');
      onAnswered();
    });
  const field = element('input', { id: `${id}-field`, type: form === 'secret' ? 'password' : 'text', autocomplete: 'off', 'aria-labelledby': `${id}-text`, placeholder: placeholders[form] });
  const comment = () => field.value.trim();
  const controls = {
    approve: () => [
      field,
      element('button.primary', { id: `${id}-yes`, type: 'button', onclick: settle(() => [true, comment()]) }, '✓ Approve'),
      element('button.danger', { id: `${id}-no`, type: 'button', onclick: settle(() => [false, comment()]) }, '✗ Deny'),
    ],
    choose: () => choices.map((choice, index) => element('button', { id: `${id}-${index}`, type: 'button', onclick: settle(() => [choice]) }, plain(choice))),
    text: () => [field, element('button.primary', { type: 'submit' }, 'Answer')],
    secret: () => [field, element('button.primary', { type: 'submit' }, 'Answer')],
    json: () => [field, element('button.primary', { type: 'submit' }, 'Answer')],
  };
  const typed = settle(() => [form === 'json' ? jsonOrText(field.value) : field.value]);
  return element(
    'form.card.question',
    { onsubmit: form === 'approve' ? (event) => event.preventDefault() : typed, 'aria-labelledby': `${id}-text` },
    element('p.from', {}, href === undefined ? from : element('a', { href }, plain(from)), ' · ', ago(at)),
    element('p.asked', { id: `${id}-text` }, plain(text)),
    details !== undefined && element('pre', { tabindex: 0 }, plain(typeof details === 'string' ? details : JSON.stringify(details, null, 2))),
    element('div.row', {}, ...controls[form]()),
  );
}

const placeholders = { approve: 'Comment, if you like', text: 'Your answer', secret: 'Your answer, not shown', json: 'yes, no, JSON or text' };

function jsonOrText(text) {
  if (/^yes$/iu.test(text)) return true;
  if (/^no$/iu.test(text)) return false;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
