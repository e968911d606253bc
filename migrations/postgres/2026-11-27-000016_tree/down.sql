DROP TABLE tree_checkpoint;
DROP TABLE tree_tile;
