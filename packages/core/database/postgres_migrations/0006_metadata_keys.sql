CREATE TABLE "metadata_keys" (
	"key" text collate "C" PRIMARY KEY NOT NULL
);
