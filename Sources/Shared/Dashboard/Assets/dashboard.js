// Follows the stream of changes and renews the parts of the page that are marked data-live. Without it every page is whole,
// and shows the state at which it was loaded.
'use strict';
(() => {
  const address = document.body.dataset.follow;
  if (!address || !window.EventSource) return;
  const status = document.getElementById('follow');
  const pauseMin = 700; // ms between two renewals, however fast things change
  let shown = document.body.dataset.mark; // the mark of the state that the page shows
  let wanted = shown;
  let isBusy = false;
  let source = null;
  let retryIn = 1000;

  const say = (text, state) => {
    if (status.textContent !== text) status.textContent = text;
    status.dataset.state = state;
  };

  // A form that somebody fills in, and numbers that somebody has opened, stay as they are.
  const isInUse = (part) =>
    (part.contains(document.activeElement) && /^(INPUT|SELECT|TEXTAREA|BUTTON)$/.test(document.activeElement.tagName)) ||
    [...part.querySelectorAll('input:not([type=hidden])')].some((field) => field.value !== field.defaultValue);

  const renew = (part, fresh) => {
    if (part.hasAttribute('data-class')) part.className = fresh.className;
    if (part.innerHTML === fresh.innerHTML || isInUse(part)) return;
    const open = [...part.querySelectorAll('details')].map((details) => details.open);
    const link = part.contains(document.activeElement) && document.activeElement.getAttribute('href');
    part.innerHTML = fresh.innerHTML;
    part.querySelectorAll('details').forEach((details, index) => { details.open = open[index] || false; });
    if (link) part.querySelector(`a[href="${CSS.escape(link)}"]`)?.focus({ preventScroll: true });
  };

  const load = async () => {
    if (isBusy || wanted === shown || document.hidden) return;
    isBusy = true;
    const mark = wanted;
    try {
      const answer = await fetch(location.href, { credentials: 'same-origin', cache: 'no-store' });
      if (answer.redirected && new URL(answer.url).pathname === '/sign-in') { location.assign('/sign-in'); return; }
      if (answer.ok) {
        const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
        document.querySelectorAll('[data-live]').forEach((part) => {
          const other = fresh.getElementById(part.id);
          if (other) renew(part, other);
        });
        say('Live', 'live');
      } else {
        say('The store does not answer', 'lost');
      }
      shown = mark;
    } catch {
      say('Connection lost', 'lost');
    } finally {
      setTimeout(() => { isBusy = false; load(); }, pauseMin);
    }
  };

  const follow = () => {
    source = new EventSource(address);
    source.addEventListener('mark', (event) => {
      retryIn = 1000;
      wanted = event.data;
      say('Live', 'live');
      load();
    });
    source.addEventListener('error', () => {
      say('Reconnecting', 'lost');
      // What changed meanwhile is not known.
      shown = '';
      if (source.readyState !== EventSource.CLOSED) return;
      setTimeout(follow, retryIn);
      retryIn = Math.min(retryIn * 2, 30000);
    });
  };

  document.addEventListener('visibilitychange', load);
  window.addEventListener('pagehide', () => source?.close());
  window.addEventListener('pageshow', (event) => { if (event.persisted) { shown = ''; follow(); } });
  follow();
})();
