// What HTML cannot do alone: open the dialog that htmx has filled, copy, and say so. Without this
// script every link and form still works.
const dialog = () => document.getElementById("dlg");

function say(text) {
  const region = document.getElementById("toasts");
  const toast = document.createElement("div");
  toast.className = "toast-s";
  toast.textContent = text;
  region?.append(toast);
  setTimeout(() => toast.remove(), 2500);
}

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id !== "dlg") return;
  if (!dialog().open) dialog().showModal();
  const wrong = dialog().querySelector("[aria-invalid=true], [autofocus]");
  const first = dialog().querySelector(
    ".dlg-c :is(select, textarea, input:not([type=hidden])), [type=submit]",
  );
  (wrong ?? first)?.focus();
});

// What is refused outright has a page that says why: the dialog's own address.
document.addEventListener("htmx:responseError", (event) => {
  location.assign(event.detail.requestConfig.path);
});

document.addEventListener("click", (event) => {
  const close = event.target.closest("[data-close]");
  if (close && dialog()?.open) {
    event.preventDefault();
    dialog().close();
  }
  const copy = event.target.closest("[data-copy]");
  if (copy) navigator.clipboard?.writeText(copy.dataset.copy).then(() => say("✓"));
});

// Times that run out: the page holds the seconds that were left when it was made.
function countDown() {
  const passed = Math.floor(performance.now() / 1000);
  for (const element of document.querySelectorAll("[data-left]")) {
    element.dataset.since ??= passed;
    const left = Math.max(0, element.dataset.left - (passed - element.dataset.since));
    const parts = [Math.floor(left / 3600), Math.floor(left / 60) % 60, left % 60];
    element.textContent = parts.map((part) => String(part).padStart(2, "0")).join(":");
  }
}
setInterval(countDown, 1000);

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, dialog");
  if (event.key !== "/" || typing) return;
  const search = document.querySelector("input[type=search]");
  if (search) {
    event.preventDefault();
    search.focus();
  }
});

// A choice that another field has ruled out (the style sheet hides it) gives way to the first left.
function settle(form) {
  for (const chosen of form?.querySelectorAll("input[type=radio]:checked") ?? []) {
    if (getComputedStyle(chosen).visibility !== "hidden") continue;
    const others = [...form.querySelectorAll(`input[name="${chosen.name}"]`)];
    const left = others.find((other) => getComputedStyle(other).visibility !== "hidden");
    if (left) left.checked = true;
  }
}

function choose(all) {
  for (const box of all.closest("table").querySelectorAll(`tbody [name=${all.dataset.all}]`)) {
    box.checked = all.checked;
  }
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
  else if (event.target.matches("[data-all]")) choose(event.target);
  else settle(event.target.form);
});

// Line numbers beside a text that is being edited; marks of faults go with the first change.
document.addEventListener("input", (event) => {
  if (!event.target.matches("[data-lines]")) return;
  const count = event.target.value.split("\n").length;
  event.target.previousElementSibling.textContent = Array.from({ length: count }, (_, i) => i + 1).join("\n");
  event.target.rows = Math.min(Math.max(count, 12), 60);
});
