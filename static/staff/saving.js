// Saving waits for an autosave on its way, and none leaves once saving has begun. Otherwise
// both create the page, and the one that comes second fails over a slug "already in use".
{
  const send = window.fetch;
  let underway = false;
  let saving = false;
  let pressed = null;

  window.fetch = (resource, options) => {
    const form = document.getElementById("page-edit-form");
    if (form && options?.body instanceof FormData && resource === form.action) {
      if (saving) return new Promise(() => {});
      underway = true;
    }
    return send(resource, options);
  };

  // Back from the next page, nothing is being saved any more.
  window.addEventListener("pageshow", () => {
    saving = false;
  });

  for (const end of ["w-autosave:success", "w-autosave:error"]) {
    document.addEventListener(end, () => {
      underway = false;
      if (!pressed) return;
      const { form, button } = pressed;
      pressed = null;
      // Wagtail has disabled it, and a disabled button does not say what it is for.
      if (button) button.disabled = false;
      form.requestSubmit(button);
    });
  }

  document.addEventListener(
    "submit",
    (event) => {
      if (event.target.id !== "page-edit-form") return;
      if (underway) {
        event.preventDefault();
        event.stopImmediatePropagation();
        pressed = { form: event.target, button: event.submitter };
      } else {
        saving = true;
      }
    },
    true,
  );
}
