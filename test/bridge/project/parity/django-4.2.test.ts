import { testDjangoParity } from './django-parity.ts';

testDjangoParity('4.2');
