/** The members that the programs use of two packages too large to install for them (docs/decisions/0060). */
declare module "next/server.js" {
  export interface NextRequest extends Request {
    readonly cookies: { get(name: string): { readonly name: string; readonly value: string } | undefined };
  }
  export class NextResponse extends Response {
    static next(init?: { readonly request?: { readonly headers?: Headers } }): NextResponse;
    static redirect(url: string | URL, status?: number): NextResponse;
  }
}

declare module "@aws-sdk/client-kms" {
  export class GetPublicKeyCommand {
    constructor(input: { readonly KeyId: string });
    readonly "~answer": { readonly PublicKey?: Uint8Array | undefined };
  }
  export class SignCommand {
    constructor(input: {
      readonly KeyId: string;
      readonly Message: Uint8Array;
      readonly MessageType: "RAW" | "DIGEST";
      readonly SigningAlgorithm: "ECDSA_SHA_256";
    });
    readonly "~answer": { readonly Signature?: Uint8Array | undefined };
  }
  export class KMSClient {
    send<C extends { readonly "~answer": unknown }>(command: C): Promise<C["~answer"]>;
  }
}
