/** The frameworks that must all answer alike: one line each. */
import { createRequire } from "node:module";
import express from "express";
import { serveExpress } from "./serve-express.ts";
import { serveFastify } from "./serve-fastify.ts";
import { serveFetch } from "./serve-fetch.ts";
import { serveHono } from "./serve-hono.ts";
import { serveKoa } from "./serve-koa.ts";
import { serveNest } from "./serve-nest.ts";
import type { Site } from "./site.ts";

/** A request as it goes on the wire; a field may come twice. */
export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body?: string;
}

export interface Received {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

export interface Served {
  send(request: Sent): Promise<Received>;
  close(): Promise<void>;
}

const express4 = createRequire(import.meta.url)("express4") as typeof express;

type Framework = readonly [name: string, serve: (site: Site) => Promise<Served>];

/** Bodies are unread when they come to a handler, but for Nest, which has parsers of its own. */
export const frameworks: readonly Framework[] = [
  ["bare fetch", serveFetch],
  ["Express 5", (site) => serveExpress(express, site)],
  ["Express 4", (site) => serveExpress(express4, site)],
  ["Fastify", serveFastify],
  ["Hono", serveHono],
  ["Koa", serveKoa],
  ["Nest on Express", (site) => serveNest("express", site)],
  ["Nest on Fastify", (site) => serveNest("fastify", site)],
];

/** The same with a parser of forms before the handlers, or for Nest without its own. */
export const otherwiseParsed: readonly Framework[] = [
  ["Express 5 behind urlencoded", (site) => serveExpress(express, site, { extended: false })],
  ["Express 4 behind urlencoded", (site) => serveExpress(express4, site, { extended: true })],
  ["Fastify with a parser of forms", (site) => serveFastify(site, "parsed")],
  ["Koa behind a parser", (site) => serveKoa(site, "parsed")],
  ["Nest on Express, unparsed", (site) => serveNest("express", site, "unparsed")],
  ["Nest on Fastify, unparsed", (site) => serveNest("fastify", site, "unparsed")],
];
