/**
 * A document for xterm.js under a Content-Security-Policy whose style-src has no 'unsafe-inline'.
 *
 * xterm.js makes `<style>` elements and, for colours of its DOM renderer, `style` attributes: such a policy blocks both. What a
 * script does to styles by the CSSOM is allowed. So this document, given to xterm.js as its `documentOverride`, makes
 * elements that take the same calls and go that way: a `style` element whose text becomes an adopted style sheet, and
 * `span` elements whose attribute `style` is set by the CSSOM.
 */
export function strictDocument(document: Document): Document {
  const bound = new Map<PropertyKey, unknown>();
  const createElement = (name: string, options?: ElementCreationOptions): HTMLElement => {
    const tag = name.toLowerCase();
    if (tag === 'style') return sheetElement(document);
    const element = document.createElement(name, options);
    if (tag === 'span') styleBySheet(element);
    return element;
  };
  bound.set('createElement', createElement);
  return new Proxy(document, {
    get(target, name) {
      const known = bound.get(name);
      if (known !== undefined) return known;
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      // A document's methods insist on being called on the document itself.
      const method: unknown = value.bind(target);
      bound.set(name, method);
      return method;
    },
    set: (target, name, value) => Reflect.set(target, name, value, target),
  });
}

/** An element without a look whose text is an adopted style sheet, for as long as it is not removed. */
function sheetElement(document: Document): HTMLElement {
  const element = document.createElement('template');
  const sheet = new CSSStyleSheet();
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  let css = '';
  Object.defineProperty(element, 'textContent', {
    get: () => css,
    set: (text: string) => {
      css = text;
      sheet.replaceSync(text);
    },
  });
  const remove = element.remove.bind(element);
  element.remove = () => {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((other) => other !== sheet);
    remove();
  };
  return element;
}

function styleBySheet(element: HTMLElement): void {
  const setAttribute = element.setAttribute.bind(element);
  element.setAttribute = (name, value) => {
    if (name === 'style') element.style.cssText = value;
    else setAttribute(name, value);
  };
}
