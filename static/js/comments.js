// Sends a comment without leaving the page: the part with the form gives way to the same part
// of the answer. What is new in it takes the focus, so that screen readers say it.
const part = "[data-comment-form]";
const problem = document.querySelector("[data-comment-problem]");
const state = document.querySelector("[data-comment-state]");
const longestWait = 20_000;
let busy = false;

function setBusy(value) {
  busy = value;
  state.textContent = busy ? state.dataset.commentState : "";
  const button = fields(document.querySelector(part)).find(({ type }) => type === "submit");
  button?.setAttribute("aria-disabled", busy);
}

function fields(place) {
  const form = [...place.ownerDocument.forms].find((each) => place.contains(each));
  return [...(form?.elements ?? [])];
}

// Another form has been asked for: what was typed into this one goes on in it.
function carryOver(from, to) {
  for (const field of fields(to)) {
    const old = fields(from).find(({ name }) => name === field.name);
    if (!old || ["hidden", "submit"].includes(field.type)) continue;
    field.value = old.value;
    field.checked = old.checked;
  }
}

function load(method, address, body) {
  if (busy) return;
  setBusy(true);
  const request = new XMLHttpRequest();
  request.open(method, address);
  request.responseType = "document";
  request.timeout = longestWait;
  request.onloadend = () => {
    setBusy(false);
    const answer = request.response?.querySelector(part);
    problem.hidden = Boolean(answer);
    if (!answer) return;
    const current = document.querySelector(part);
    if (method === "GET") carryOver(current, answer);
    current.replaceWith(answer);
    answer.querySelector("[data-form-errors], [data-comment-focus]").focus();
  };
  request.send(body);
}

document.addEventListener("submit", (event) => {
  if (!event.target.closest(part)) return;
  event.preventDefault();
  load("POST", event.target.action, new URLSearchParams(new FormData(event.target)));
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-comment-reply]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  load("GET", link.href);
});
