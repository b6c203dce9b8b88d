// Says once a day that the article is being seen, and shows the number that comes back.
// Only a page that is really before someone's eyes counts: not one that is fetched or drawn
// ahead, and not one in a background tab until it comes to the front.
const article = document.querySelector("[data-view-url]");
const today = () => new Date().toDateString();
let sentOn;

async function send() {
  if (document.prerendering || document.visibilityState !== "visible") return;
  if (sentOn === today()) return;
  sentOn = today();
  try {
    const answer = await fetch(article.dataset.viewUrl, { method: "POST", keepalive: true });
    // What could not be stored is said again when the page next comes to the front.
    if (answer.status >= 500) sentOn = undefined;
    if (!answer.ok) return;
    const { label } = await answer.json();
    for (const place of document.querySelectorAll("[data-views]")) place.textContent = label;
  } catch {
    // Without a connection the page stays as it is.
    sentOn = undefined;
  }
}

if (article) {
  document.addEventListener("prerenderingchange", send);
  document.addEventListener("visibilitychange", send);
  addEventListener("pageshow", send);
  send();
}
