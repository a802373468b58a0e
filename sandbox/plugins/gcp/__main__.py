"""`python -m sandbox.plugins.gcp`: what the engine starts."""

from sandbox.plugins.gcp.table import table
from sandbox.plugins.http import LoopbackTransport
from sandbox.plugins.process import serve
from sandbox.plugins.waiting import EndablePause

if __name__ == "__main__":
    pause = EndablePause()
    serve(table(LoopbackTransport(), pause), pause)
