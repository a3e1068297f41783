"""The messages by Google's protobuf: what a peer that is not ours reads and writes."""
import importlib
import os
import sys

import pytest

sys.path.insert(0, os.path.join(os.environ.get('REFRACT_BUILD', 'build'), 'py'))
pytest.importorskip('google.protobuf')

FILES = ('fact', 'message', 'ingest', 'alert', 'feed', 'control')
MODULES = [importlib.import_module(f'refract.v1.{name}_pb2') for name in FILES]


def messages():
    def below(descriptor):
        yield descriptor
        for nested in descriptor.nested_types:
            yield from below(nested)

    for module in MODULES:
        for descriptor in module.DESCRIPTOR.message_types_by_name.values():
            yield from below(descriptor)


def holds(descriptor, inside):
    for field in descriptor.fields:
        if field.message_type is not None:
            if field.message_type.full_name in inside:
                return True
            if holds(field.message_type, inside | {field.message_type.full_name}):
                return True
    return False


def test_no_message_contains_itself():
    for descriptor in messages():
        assert not holds(descriptor, {descriptor.full_name}), descriptor.full_name


def test_proto3_without_maps_floats_or_required():
    """Decimals are text; what protobuf-c 1.4.1 does not know is not used."""
    floats = {1, 2}  # TYPE_DOUBLE, TYPE_FLOAT
    seen = 0
    for descriptor in messages():
        assert not descriptor.GetOptions().map_entry, descriptor.full_name
        for field in descriptor.fields:
            seen += 1
            assert field.type not in floats, field.full_name
            assert field.label != field.LABEL_REQUIRED, field.full_name
            assert field.name == field.name.lower(), field.full_name
    assert seen > 150


def test_packed_readings_are_the_same_on_the_wire():
    alert, feed, control = MODULES[3], MODULES[4], MODULES[5]
    event = feed.AlertEvent(seq=5, prev_seq=4, kind=feed.RETRACTED, quiet=True,
                            alert=alert.Alert(id='A-1', version=2))
    read = control.PackedEvent.FromString(event.SerializeToString())
    assert (read.seq, read.prev_seq, read.kind, read.quiet) == (5, 4, feed.RETRACTED, True)
    assert alert.Alert.FromString(read.alert) == event.alert
    assert feed.AlertEvent.FromString(read.SerializeToString()) == event


def test_hello_tells_zero_from_absent():
    feed = MODULES[4]
    assert feed.Hello.FromString(b'').WhichOneof('from') is None
    hello = feed.Hello.FromString(feed.Hello(last_seq=0).SerializeToString())
    assert hello.WhichOneof('from') == 'last_seq'
