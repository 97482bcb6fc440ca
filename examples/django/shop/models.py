# Django loads this file at every start; the example needs no database.
