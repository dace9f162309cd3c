from operations.migrate.server import lock_name


def test_the_lock_is_the_schemas_own_and_fits_the_server() -> None:
    assert lock_name("a" * 64) != lock_name("b" * 64)
    assert len(lock_name("a" * 64)) == 64
