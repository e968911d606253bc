-- A row that stands for several uses has no older form: there is no way back but the backup.
SELECT restore_the_backup();
