import { existsSync } from 'node:fs';
import test from 'ava';
import type { DjangoVersion } from '../../../scripts/peers/find-django.ts';
import { djangoPython } from '../../../scripts/peers/find-django.ts';
import { testUnless } from '../peers.ts';

/** `test` where this Django is installed (npm test does it), else a skip that says so. */
export function testWithDjango(version: DjangoVersion = '5.2') {
  return testUnless(existsSync(djangoPython(version)) ? null : `Django ${version} is not installed`, test);
}
