// Looks at the same page again every so often and puts its news in place, unless somebody is at work in it.
const every = Number(document.querySelector('main[data-refresh]')?.dataset.refresh ?? 0) * 1000;
let paused = false;

// What was done is said once: the next look, and whoever is sent this address, see the page without it.
const address = new URL(location.href);
if (address.searchParams.has('done')) {
  address.searchParams.delete('done');
  history.replaceState(null, '', address);
}

// Somebody has the pointer in a field, has changed one and not sent it, or marks text.
const isTouched = (field) =>
  field.matches('select')
    ? field.selectedIndex !==
      Math.max(
        0,
        [...field.options].findIndex((option) => option.defaultSelected),
      )
    : field.value !== field.defaultValue;
const isBusy = () => {
  const fields = [...document.querySelectorAll('main input, main select, main textarea')];
  const selection = getSelection();
  return fields.includes(document.activeElement) || fields.some(isTouched) || (selection !== null && !selection.isCollapsed);
};

async function look() {
  if (paused || document.hidden || isBusy()) return;
  const response = await fetch(location.href, { headers: { accept: 'text/html' } }).catch(() => null);
  document.body.classList.toggle('stale', response === null || !response.ok);
  if (response === null || !response.ok) return;
  const fresh = new DOMParser().parseFromString(await response.text(), 'text/html');
  if (paused || isBusy()) return;
  for (const part of ['main', '.verdict', 'title']) {
    const before = document.querySelector(part);
    const after = fresh.querySelector(part);
    if (before === null || after === null || before.innerHTML === after.innerHTML) continue;
    const open = [...before.querySelectorAll('details[open][id]')].map(({ id }) => id);
    const focused = before.contains(document.activeElement) ? document.activeElement?.getAttribute('href') : null;
    const scrolled = before.querySelector('.log')?.scrollTop ?? 0;
    before.replaceWith(after);
    if (scrolled > 0) after.querySelector('.log')?.scrollTo(0, scrolled);
    for (const id of open) document.getElementById(id)?.setAttribute('open', '');
    if (typeof focused === 'string') after.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }
}

if (every > 0) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'live';
  const say = () => {
    button.setAttribute('aria-pressed', String(!paused));
    button.textContent = paused ? 'Paused' : 'Live';
    button.title = paused ? 'Look for news again' : `Looks for news every ${every / 1000} s; press to pause`;
  };
  button.addEventListener('click', () => {
    paused = !paused;
    say();
    void look();
  });
  say();
  document.querySelector('header .bar')?.append(button);
  setInterval(() => void look(), every);
  document.addEventListener('visibilitychange', () => void look());
}
