import signal
import sys
import time

from django.core.management.base import BaseCommand

from shop.views import GREETING


class Command(BaseCommand):
    help = "A queue worker in miniature: takes a job every second, and ends in its own time."
    requires_system_checks = []

    def handle(self, *args, **options):
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        for job in range(10**9):
            self.stdout.write("job %d: %s" % (job, GREETING))
            self.stdout.flush()
            time.sleep(1)
