/**
 * The terminal writes its looks into `<style>` elements and `style` attributes, which the policy of this page lets nobody do,
 * and rightly: what somebody else brought into the page would be drawn too. So for as long as there is a terminal, whoever
 * makes an element by `document.createElement` is given one whose looks go where scripts of the page may put them: into
 * style sheets that it adopts, and into `style` itself. The page's own elements are made otherwise, and the policy stays.
 */
export interface OwnedStyles {
  remove(): void;
}

/** One at a time. @param css what holds for as long as there is a terminal */
export function ownStyles(css: string): OwnedStyles {
  const sheets: CSSStyleSheet[] = [];
  const adopt = (): CSSStyleSheet => {
    const sheet = new CSSStyleSheet();
    sheets.push(sheet);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    return sheet;
  };
  adopt().replaceSync(css);
  const create = Document.prototype.createElement.bind(document);
  Object.defineProperty(document, "createElement", {
    configurable: true,
    value: (name: string, options?: ElementCreationOptions): HTMLElement => {
      if (name === "style") {
        // Not even an empty one may be put into the page.
        const stand = create("template");
        const sheet = adopt();
        Object.defineProperty(stand, "textContent", { set: (text: string) => sheet.replaceSync(text) });
        return stand;
      }
      const element = create(name, options);
      element.setAttribute = (attribute, value) => {
        if (attribute === "style") element.style.cssText = value;
        else Element.prototype.setAttribute.call(element, attribute, value);
      };
      return element;
    },
  });
  return {
    remove() {
      Reflect.deleteProperty(document, "createElement");
      document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => !sheets.includes(sheet));
    },
  };
}
