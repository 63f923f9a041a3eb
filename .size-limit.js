/** What an application that bundles rejwt adds to itself, in bytes after compression. */
const node = (config) => ({ ...config, platform: "node" });

export default [
  {
    name: "sign and verify",
    path: "dist/index.js",
    import: "{ createSigner, createVerifier, secretKey }",
    limit: "20 kB",
  },
  { name: "everything in rejwt", path: "dist/index.js", limit: "30 kB" },
  { name: "rejwt/jws", path: "dist/jws/index.js", limit: "12 kB" },
].map((entry) => ({ ...entry, modifyEsbuildConfig: node }));
