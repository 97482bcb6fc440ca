"""Runs the processes of a Django project under supervisord: `manage.py supervisor`.

A thin layer: everything is done by the `multivisor project` command, which this app finds and runs.
"""
