// Sends a comment without leaving the page: the part with the form gives way to the same part
// of the answer. What is new in it takes the focus, so that screen readers say it.
const part = "[data-comment-form]";
const problem = document.querySelector("[data-comment-problem]");
let busy = false;

function load(method, address, body) {
  if (busy) return;
  busy = true;
  const request = new XMLHttpRequest();
  request.open(method, address);
  request.responseType = "document";
  request.onloadend = () => {
    busy = false;
    const answer = request.response?.querySelector(part);
    problem.hidden = Boolean(answer);
    if (!answer) return;
    document.querySelector(part).replaceWith(answer);
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
