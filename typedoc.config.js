/** The reference, made from the comments in src/; a comment that TypeDoc warns about fails the build. */
import { entryPoints } from "./entry-points.js";

/**
 * A page is called by its heading, not by its path.
 * @param {import("typedoc").Application} app
 */
function namePagesByHeading(app) {
  app.converter.on("createDocument", (_context, page) => {
    const [first] = page.content;
    page.name = first?.text.match(/^# (.+)$/m)?.[1] ?? page.name;
  });
}

/** @type {Partial<import("typedoc").TypeDocOptions>} */
export default {
  name: "rejwt",
  entryPoints: Object.values(entryPoints),
  // The house map first; the pages link to each other here as they do in the repository.
  projectDocuments: [
    "docs/index.md",
    "docs/reference/*.md",
    "docs/guides/*.md",
    "docs/errors.md",
    "docs/security.md",
    "docs/speed.md",
    "docs/scale.md",
    "docs/mutation.md",
  ],
  plugin: [namePagesByHeading],
  // GitHub draws the diagrams; here they are read as text.
  ignoredHighlightLanguages: ["mermaid"],
  highlightLanguages: ["bash", "json", "sql", "ts", "typescript", "javascript", "nginx", "text"],
  out: "docs-site",
  readme: "none",
  treatWarningsAsErrors: true,
  disableGit: true,
  sourceLinkTemplate: "https://github.com/rejwt/rejwt/blob/main/{path}#L{line}",
  // A step of the type of verified claims, of no use by itself.
  intentionallyNotExported: ["KnownKeys"],
  excludeInternal: true,
  excludePrivate: true,
  logLevel: "Warn",
};
