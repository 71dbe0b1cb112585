// What page and rooms share: asking the control room, building elements, telling the person something.
// One thing must hold: text from the world reaches the document as text, never as markup.

export const api = {
  async get(path) {
    return answered(await fetch(`/control/${path}`));
  },
  async post(path, body) {
    const options = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
    return answered(await fetch(`/control/${path}`, options));
  },
};

async function answered(response) {
  const body = await response.json();
  if (!response.ok) throw new Error(body.error ?? response.statusText);
  return body;
}

export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child != null));
  return element;
}

export const byId = (id) => document.getElementById(id);

export function when(iso) {
  return iso.slice(0, 16).replace("T", " ");
}

export function tell(text) {
  const toast = byId("toast");
  toast.textContent = text;
  toast.hidden = false;
  clearTimeout(tell.timer);
  tell.timer = setTimeout(() => (toast.hidden = true), 4000);
}

// Give an order and let the page draw itself again.
export async function order(path, body) {
  try {
    await api.post(path, body);
    window.dispatchEvent(new Event("changed"));
  } catch (problem) {
    tell(problem.message);
  }
}
