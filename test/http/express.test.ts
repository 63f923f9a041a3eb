/** The table of answers, on Express. */
import { createRequire } from "node:module";
import express from "express";
import { serveExpress } from "./serve-express.ts";
import { describeTable } from "./table.ts";

const express4 = createRequire(import.meta.url)("express4") as typeof express;

describeTable(
  [
    ["Express 5", (site) => serveExpress(express, site)],
    ["Express 4", (site) => serveExpress(express4, site)],
  ],
  [
    ["Express 5 behind urlencoded", (site) => serveExpress(express, site, { extended: false })],
    ["Express 4 behind urlencoded", (site) => serveExpress(express4, site, { extended: true })],
  ],
);
