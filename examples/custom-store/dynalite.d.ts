/** What is used of dynalite, which has no declarations of its own. */
declare module "dynalite" {
  export default function dynalite(options: { readonly createTableMs: number }): {
    listen(port: number, listening: () => void): void;
    address(): { readonly port: number };
    close(): void;
  };
}
