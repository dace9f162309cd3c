"""`make demo`: real photographs and a real video through the whole pipeline on one machine."""
