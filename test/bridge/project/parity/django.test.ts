import { testDjangoParity } from './django-parity.ts';

testDjangoParity('5.2');
