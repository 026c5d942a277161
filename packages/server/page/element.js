/**
 * Makes an element. Text is always text, never markup, so that nothing that code printed can become part of the page.
 *
 * @param {string} tag with classes: `div.card.wide`
 * @param {Record<string, any>} properties attributes; `on…` are listeners, and what is false or undefined is left out
 * @param {...(Node | string | number | false | undefined)} children
 */
export function element(tag, properties = {}, ...children) {
  const [name, ...classes] = tag.split('.');
  const made = document.createElement(name);
  made.classList.add(...classes);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === false) continue;
    if (key.startsWith('on')) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? '' : `${value}`);
  }
  made.append(...children.filter((child) => child !== false && child !== undefined).map((child) => (child instanceof Node ? child : String(child))));
  return made;
}

/** Puts children into a place, unless they say what is there already; then focus and selection stay as they are. */
export function fill(place, signature, ...children) {
  const text = JSON.stringify(signature);
  if (place.dataset.signature === text) return;
  place.dataset.signature = text;
  const { id } = place.contains(document.activeElement) ? document.activeElement : {};
  place.replaceChildren(...children.flat().filter((child) => child !== false && child !== undefined));
  if (id) document.getElementById(id)?.focus();
}

const notice = document.querySelector('#notice');
let fading;

/** Says something for a moment. */
export function say(text, isWrong = false) {
  notice.textContent = text;
  notice.className = isWrong ? 'shown wrong' : 'shown';
  clearTimeout(fading);
  fading = setTimeout(() => (notice.className = ''), isWrong ? 9000 : 4000);
}

/** Runs what a person asked for, and says what went wrong. */
export function attempt(action) {
  return async (event) => {
    event?.preventDefault?.();
    const { currentTarget: button } = event ?? {};
    if (button instanceof HTMLButtonElement) button.disabled = true;
    try {
      await action(event);
    } catch (error) {
      say(error.message, true);
    } finally {
      if (button instanceof HTMLButtonElement) button.disabled = false;
    }
  };
}
