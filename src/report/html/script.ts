// What the report can do where scripts run: copy, look for words, open and close. All else of it is there without. The page calls `ready` for each
// report that it shows.
export const SCRIPT = `'use strict';
function ready() {
  for (const one of document.querySelectorAll('button[data-copy], button[data-all], .find')) one.hidden = false;
}
function say(text) {
  const said = document.getElementById('said');
  if (said !== null) said.textContent = text;
}
document.addEventListener('click', (event) => {
  const button = event.target.closest('button');
  if (button === null) return;
  if (button.dataset.copy !== undefined) copy(button);
  if (button.dataset.all !== undefined) {
    const open = button.dataset.all === 'open';
    for (const one of document.querySelectorAll('article > details')) one.open = open;
    button.dataset.all = open ? 'close' : 'open';
    button.textContent = open ? 'Close all' : 'Open all';
  }
});
async function copy(button) {
  const text = button.previousElementSibling;
  try {
    await navigator.clipboard.writeText(text.textContent);
  } catch {
    const selection = getSelection();
    selection.selectAllChildren(text);
    document.execCommand('copy');
    selection.removeAllRanges();
  }
  button.textContent = 'Copied';
  say('Copied');
  setTimeout(() => (button.textContent = 'Copy'), 1500);
}
document.addEventListener('input', (event) => {
  if (event.target.id !== 'words') return;
  const wanted = event.target.value.toLowerCase().split(/\\s+/).filter(Boolean);
  let count = 0;
  for (const one of document.querySelectorAll('[data-cause]')) {
    const text = one.textContent.toLowerCase();
    const fits = wanted.every((word) => text.includes(word));
    one.classList.toggle('hidden', !fits);
    const entry = document.querySelector('.toc a[href="#' + one.id + '"]');
    if (entry !== null) entry.parentElement.classList.toggle('hidden', !fits);
    if (fits) count++;
  }
  say(count + ' shown');
});
// A link to a finding opens it.
function openTarget() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const details = target === null ? null : target.querySelector('details');
  if (details !== null) details.open = true;
}
addEventListener('hashchange', openTarget);
ready();
openTarget();
`;
