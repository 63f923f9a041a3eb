/** What an application that bundles rejwt adds to itself, minified and compressed. */
const forNode = (config) => ({
  ...config,
  platform: "node",
  // Entry points import shared chunks for the order of loading alone; being free of side effects, those may go.
  logOverride: { "ignored-bare-import": "silent" },
});

export default [
  {
    name: "sign and verify",
    path: "dist/index.js",
    import: "{ createSigner, createVerifier, secretKey }",
    limit: "15.2 kB",
  },
  { name: "everything in rejwt", path: "dist/index.js", limit: "36 kB" },
  { name: "rejwt/jws", path: "dist/jws/index.js", limit: "7.7 kB" },
  { name: "rejwt/client", path: "dist/client/index.js", limit: "5.5 kB" },
  {
    name: "verify with rejwt/web",
    path: "dist/web/index.js",
    import: "{ createVerifier, importJwk }",
    limit: "12 kB",
  },
].map((entry) => ({ ...entry, modifyEsbuildConfig: forNode }));
