/** Standard Schema (zod, valibot, arktype …), version 1: the shape is copied, so that no dependency is needed. */
import { tokenError } from "../errors.ts";
import { configError } from "../options.ts";

export interface StandardSchema<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | {
      readonly issues: ReadonlyArray<{
        readonly message: string;
        readonly path?: ReadonlyArray<PropertyKey | { readonly key: PropertyKey }> | undefined;
      }>;
    };

type Issue = Extract<SchemaResult<unknown>, { readonly issues: object }>["issues"][number];

export type SchemaOutput<S> = S extends StandardSchema<infer _I, infer O> ? O : never;

/** @throws CONFIG for what is no Standard Schema */
export function checkSchema(where: string, name: string, schema: unknown): void {
  const isObject = (typeof schema === "object" && schema !== null) || typeof schema === "function";
  const standard = isObject ? (schema as Partial<StandardSchema>)["~standard"] : undefined;
  if (standard?.version !== 1 || typeof standard.validate !== "function") {
    throw configError(where, `option "${name}" must be a Standard Schema (zod, valibot, arktype, …)`);
  }
}

/**
 * The schema's output for a payload.
 * @throws CLAIM_INVALID where the schema refuses or throws; CONFIG where it answers a promise
 */
export function runSchema(schema: StandardSchema, payload: unknown): object {
  const result = attempt(() => schema["~standard"].validate(payload));
  if (result instanceof Promise) {
    // An unhandled rejection would end the process.
    result.catch(() => {});
    throw configError("createVerifier", 'option "schema" answered a promise: pass it as schemaAsync');
  }
  return outputOf(result);
}

/** The same for a schema that may take its time. @throws CLAIM_INVALID */
export async function runSchemaAsync(schema: StandardSchema, payload: unknown): Promise<object> {
  const answer = async (): Promise<SchemaResult<unknown>> => schema["~standard"].validate(payload);
  return outputOf(
    await answer().catch(() => {
      throw schemaThrew();
    }),
  );
}

function attempt<T>(run: () => T): T {
  try {
    return run();
  } catch {
    throw schemaThrew();
  }
}

/** What it threw may quote the payload, so it is not passed on. */
function schemaThrew(): Error {
  return tokenError("CLAIM_INVALID", "the schema threw while it looked at the claims");
}

function outputOf(result: SchemaResult<unknown>): object {
  const { problems, output } = attempt(() => readResult(result));
  if (problems !== undefined) throw refusal(problems);
  if (output === undefined) throw configError("createVerifier", "the schema must answer an object");
  return output;
}

interface SchemaReading {
  readonly problems: readonly Problem[] | undefined;
  /** A copy; undefined for anything but an object. */
  readonly output: object | undefined;
}

/** Where the payload is wrong: the claim, and the whole path to what is in it. */
interface Problem {
  readonly claim: string | undefined;
  readonly path: string;
}

function readResult(result: SchemaResult<unknown>): SchemaReading {
  if (result.issues !== undefined) return { problems: result.issues.map(readIssue), output: undefined };
  const { value } = result;
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return { problems: undefined, output: isObject ? { ...value } : undefined };
}

function readIssue({ path = [] }: Issue): Problem {
  const steps = path.map((step) => String(typeof step === "object" ? step.key : step));
  return { claim: steps[0], path: steps.join(".") };
}

/** Names where the payload is wrong. The schema's own messages may quote the payload, so they are left out. */
function refusal(problems: readonly Problem[]): Error {
  const named = problems.filter(({ path }) => path !== "").slice(0, 5);
  const where = named.length === 0 ? "the payload" : named.map(({ path }) => path).join(", ");
  return tokenError("CLAIM_INVALID", `the schema refuses ${where}`, { claim: named[0]?.claim });
}
