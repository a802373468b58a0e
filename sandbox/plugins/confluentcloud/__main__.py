"""`python -m sandbox.plugins.confluentcloud`: what the engine starts."""

from sandbox.plugins.confluentcloud.table import table
from sandbox.plugins.http import LoopbackTransport
from sandbox.plugins.process import serve
from sandbox.plugins.provider import Provider
from sandbox.plugins.waiting import EndablePause

if __name__ == "__main__":
    pause = EndablePause()
    serve(Provider(table(LoopbackTransport(), pause), pause.end))
