// (c) Next.js edge middleware, verifying only: WebCrypto, no node:crypto.
import { type NextRequest, NextResponse } from "next/server.js";
import { remoteKeys } from "rejwt/jwks";
import { createVerifier } from "rejwt/web";

const verifier = createVerifier({
  keys: remoteKeys("https://auth.example/.well-known/jwks.json", { algs: ["ES256"] }),
  issuer: "https://auth.example",
  audience: "https://app.example",
  required: ["sub"],
});

export async function middleware(request: NextRequest) {
  const token = request.cookies.get("access")?.value;
  const result = token === undefined ? undefined : await verifier.safeVerifyAsync(token);
  if (result?.ok) {
    const headers = new Headers(request.headers);
    headers.set("x-user", result.value.claims.sub);
    return NextResponse.next({ request: { headers } });
  }
  if (result?.error.status === 503)
    return new NextResponse("try again", { status: 503, headers: { "retry-after": "2" } });
  return NextResponse.redirect(new URL("/login", request.url));
}
export const config = { matcher: ["/app/:path*"] };
