"""Peers of refractd as a hospital has them: an MLLP sender, a publisher, a client of the ingest ROUTER,
and a subscriber of the alert feed. Plain sockets, pyzmq and protoc-generated Python; nothing of refractd's
own code."""
import os
import socket
import threading
import time

import zmq
from refract.v1 import feed_pb2, ingest_pb2

TOPIC = b'result.v1'


class WireError(Exception):
    """A peer did not behave, or did not answer in time."""


def frames(message):
    """On every socket: the full name of the type, then the body."""
    return [message.DESCRIPTOR.full_name.encode(), message.SerializeToString()]


class Mllp:
    """Sends one HL7 message at a time and waits for its answer."""

    def __init__(self, address, timeout=15):
        host, port = address.rsplit(':', 1)
        self.socket = socket.create_connection((host, int(port)), timeout)
        self.rest = b''

    def send(self, payload):
        """The acknowledgement code: AA, AE, AR, CA …"""
        self.socket.sendall(b'\x0b' + payload + b'\x1c\x0d')
        while b'\x1c\x0d' not in self.rest:
            part = self.socket.recv(65536)
            if not part:
                raise WireError('MLLP connection closed without an answer')
            self.rest += part
        answer, self.rest = self.rest.split(b'\x1c\x0d', 1)
        for segment in answer.lstrip(b'\x0b').split(b'\r'):
            if segment.startswith(b'MSA|'):
                return segment.split(b'|')[1].decode()
        raise WireError('an answer without MSA')

    def close(self):
        self.socket.close()


class Publisher(threading.Thread):
    """Publishes ResultMessages with sequence numbers, and replays what it is asked for."""

    def __init__(self, context, publish, replay, name='demo-molecular'):
        super().__init__(daemon=True)
        self.name_id, self.epoch = name, int(time.time())
        self.log, self.replayed, self.running, self.lock = [], 0, True, threading.Lock()
        self.pub = context.socket(zmq.XPUB)
        self.pub.linger = 0
        self.pub.bind(publish)
        self.router = context.socket(zmq.ROUTER)
        self.router.linger = 0
        self.router.bind(replay)

    def wait_for_subscriber(self, seconds):
        if not self.pub.poll(int(seconds * 1000)):
            raise WireError('refractd did not subscribe to the publisher')
        self.pub.recv()

    def publish(self, message, lose=False):
        """lose: it gets its number, but never goes out; a replay must bring it."""
        with self.lock:
            message.publisher.id, message.publisher.epoch = self.name_id, self.epoch
            message.publisher.seq = len(self.log) + 1
            self.log.append(frames(message))
        if not lose:
            self.pub.send_multipart([TOPIC, *self.log[-1]])

    def run(self):
        while self.running:
            if self.router.poll(50):
                self.answer(self.router.recv_multipart())
        self.router.close()

    def answer(self, parts):
        peer, (kind, body) = parts[:-2], parts[-2:]
        if kind != b'refract.v1.ReplayRequest':
            return
        asked = ingest_pb2.ReplayRequest.FromString(body)
        with self.lock:
            log = list(self.log)
        last = asked.to_seq or len(log)
        if asked.epoch in (0, self.epoch):
            for packed in log[max(asked.from_seq, 1) - 1:last]:
                self.router.send_multipart([*peer, *packed])
                self.replayed += 1
        end = ingest_pb2.ReplayEnd(epoch=self.epoch, first_kept=1, head=len(log))
        self.router.send_multipart([*peer, *frames(end)])

    def close(self):
        self.running = False
        self.join(2)
        self.pub.close()


class Ingest:
    """Hands messages to the ROUTER and waits for the answer to each."""

    def __init__(self, context, address):
        self.boot, self.number = os.urandom(8).hex(), 0
        self.socket = context.socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.connect(address)

    def send(self, message, seconds=15):
        self.number += 1
        request = ingest_pb2.IngestRequest(boot=self.boot, number=self.number, message=message)
        self.socket.send_multipart(frames(request))
        if not self.socket.poll(int(seconds * 1000)):
            raise WireError('no answer from the ingest socket')
        reply = ingest_pb2.IngestReply.FromString(self.socket.recv_multipart()[-1])
        return ingest_pb2.Outcome.Name(reply.outcome)

    def close(self):
        self.socket.close()


class AlertFeed:
    """A subscriber: says Hello, takes events, confirms each."""

    def __init__(self, context, address, name):
        self.seq, self.number = 0, 0
        self.socket = context.socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.connect(address)
        self.socket.send_multipart(frames(feed_pb2.Hello(subscriber=name, credit=50)))

    def events_until(self, head, seconds):
        """Every event up to head, as they come; fewer when time is up."""
        end = time.monotonic() + seconds
        while self.seq < head and time.monotonic() < end:
            if not self.socket.poll(50):
                continue
            kind, body = self.socket.recv_multipart()
            if kind == b'refract.v1.AlertEvent':
                event = feed_pb2.AlertEvent.FromString(body)
                if event.prev_seq != self.seq:
                    raise WireError(f'a gap in the alert feed: {event.seq} follows {event.prev_seq}, not {self.seq}')
                self.seq = event.seq
                self.socket.send_multipart(frames(feed_pb2.Confirm(seq=event.seq)))
                yield event
            elif kind == b'refract.v1.Error':
                raise WireError('alert feed: ' + feed_pb2.Error.FromString(body).code)

    def close(self):
        self.socket.close()
