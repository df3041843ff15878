#!/usr/bin/env node
'use strict';

// Old syntax on purpose: a Node that is too old must be able to read this file, and say so in one line.
var wanted = 24;
var major = Number(process.versions.node.split('.')[0]);

if (major < wanted) {
  process.stderr.write('windsock needs Node.js ' + wanted + ' or newer, but this is Node.js ' + process.versions.node + '.\n');
  process.exit(2);
}

// What was compiled once starts faster the next time; where no cache can be written, nothing is lost. What runs for long does
// without: the process would keep what it read, 6 MB.
if (process.argv[2] !== 'serve' && process.argv[2] !== 'demo') require('node:module').enableCompileCache();

import('../dist/main.js').catch(function (error) {
  process.stderr.write((error && error.stack ? error.stack : String(error)) + '\n');
  process.exit(1);
});
